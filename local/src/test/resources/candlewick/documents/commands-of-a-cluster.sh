# A broker with a topic of trades.
./candlewick kafka up
./candlewick simulate --to kafka --topic trades --trades-only --rate 500 --messages 5000
