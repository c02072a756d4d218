"""What those who oversee are told: duty clocks, members' returns, protected tables, editions of the summary."""
