; The neighbour on the other half of a column: its own word of the same mem tile.
START_JOB 0
  WRITE_32 0x200040, 6
  SLEEP 100
  POLL_32 0x200040, 6
END_JOB
EOF
