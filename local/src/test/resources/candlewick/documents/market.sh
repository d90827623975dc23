# A broker.
./candlewick kafka up
