"""The compiled duel: attacks measured and games played at a microsecond each."""
