#!/bin/sh
# One program for each message, as CGI does it: the message is the input, all output is the answer.
read -r what
case $what in
  uptime) cut -d' ' -f1 /proc/uptime ;;
  load) cut -d' ' -f1-3 /proc/loadavg ;;
  *) echo "no report of that name: $what" ;;
esac
