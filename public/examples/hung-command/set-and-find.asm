; The same poll, but the word is written first.
.attach_to_group 0

START_JOB 0
  WRITE_32 0x00018000, 5
  POLL_32 0x00018000, 5
END_JOB
EOF
