"""Comity: sovereign states share cyber threat intelligence under rules that each can read and prove."""
