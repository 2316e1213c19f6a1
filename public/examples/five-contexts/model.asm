; Two columns, in short commands: it gives way between two of them.
START_JOB 0
  WRITE_32 0x200000, 7
  WRITE_32 0x2200000, 8
  SLEEP 400
  POLL_32 0x200000, 7
  POLL_32 0x2200000, 8
END_JOB
EOF
