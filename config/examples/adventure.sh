#!/bin/sh
# A small adventure: each connection has a game of its own.
echo "You wake in a cellar. There are stairs up, and a lamp."
room=cellar
lamp=no
while read -r verb noun; do
  case "$room,$verb $noun" in
    cellar,"take lamp") lamp=yes; echo "You have the lamp." ;;
    cellar,"go up") room=hall; echo "A dark hall. There is a door to the north." ;;
    hall,"go down") room=cellar; echo "You are in the cellar again." ;;
    hall,"go north")
      if [ "$lamp" = yes ]; then
        echo "By the light of the lamp you find the way out. You have won."
        exit 0
      fi
      echo "It is too dark to find the door." ;;
    *,"quit ") echo "Farewell."; exit 0 ;;
    *) echo "That does nothing." ;;
  esac
done
