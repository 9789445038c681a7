"""Has the person finished? What a pause means, weighed by more than its length."""
