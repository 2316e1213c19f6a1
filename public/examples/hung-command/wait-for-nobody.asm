; Polls the first word of a shim descriptor, which is 0 after a reset, until it is 5. Nobody ever writes it.
.attach_to_group 0

START_JOB 0
  NOP
  POLL_32 0x00018000, 5
END_JOB
EOF
