"""The driving side: glue for web frameworks, each imported on request only."""
