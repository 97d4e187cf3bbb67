#!/bin/sh
while read -r name; do
  echo "hello, $name"
done
