"""What people read: sentences, tables and plots from plain records."""
