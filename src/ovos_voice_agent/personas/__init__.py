"""Who answers, and under which names: models, voices, instructions."""
