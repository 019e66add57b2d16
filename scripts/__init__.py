"""What people and CI run: set-up, the gates, generated files. ``make help`` lists the ways in."""
