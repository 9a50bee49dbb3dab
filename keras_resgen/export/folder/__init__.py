"""What lies in an export's folder, and how it gets there whole."""
