"""The engine `auto` of each stage: takes the best that is installed, loaded and reachable, and says what and why."""
