"""What a desk found, in the formats that other tools read; rendering only: no store, no HTTP, no clock."""
