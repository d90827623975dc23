# A cluster with a job on a market that goes on, and the next version of its jar.
cp -L jobs/target/candlewick-jobs-0.1.0-all.jar candlewick-jobs-0.2.0-all.jar
./candlewick kafka up
./candlewick simulate --to kafka --topic trades --trades-only --rate 500 --speed 5x --messages 5000000 >simulate.out 2>&1 &
./candlewick cluster up --taskmanagers 3 --slots 4
until ./candlewick tail trades --max 1 >/dev/null 2>&1; do sleep 0.5; done
./candlewick flink run -d jobs/target/candlewick-jobs-0.1.0-all.jar --kafka.bootstrap.servers 127.0.0.1:9092
until ./candlewick cluster status | grep -q chk-; do sleep 0.5; done
