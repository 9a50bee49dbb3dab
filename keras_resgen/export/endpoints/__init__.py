"""The functions of tensors that an export offers by name."""
