"""What a model offers to its users elsewhere: functions of tensors, under names."""
