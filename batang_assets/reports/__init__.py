"""What officials read: statutory tables and the quality report."""
