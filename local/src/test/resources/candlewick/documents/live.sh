# A broker with trades that go on, and a job that reads them.
./candlewick kafka up
./candlewick simulate --to kafka --topic trades --trades-only --rate 500 --start now --speed 1x --messages 1000000 >simulate.out 2>&1 &
./candlewick run >run.out 2>&1 &
until grep -q submitted run.out; do sleep 0.5; done
