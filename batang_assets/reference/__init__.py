"""Code books: official lists that an operator loads, and free texts conformed to codes with a kept provenance."""
