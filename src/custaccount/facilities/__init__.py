"""What several features need, each a small port with its pure part; imports the kernel alone."""
