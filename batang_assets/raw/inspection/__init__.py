"""What a configured source offers, held against the contracts before anything is taken in."""
