"""The exercise: a whole bloc as processes on one machine, a scenario replayed in simulated time, and what was seen."""
