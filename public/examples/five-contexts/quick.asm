; One uC: writes a number into its mem tile, works a little, and finds the number again.
START_JOB 0
  WRITE_32 0x200000, 5
  SLEEP 150
  POLL_32 0x200000, 5
END_JOB
EOF
