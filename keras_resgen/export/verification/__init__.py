"""Whether an export computes, in every runtime, what Keras computed when it was made."""
