# Checkpoints and the lake of a job that was ended; two savepoints of a job on a cluster, between which it has read more; the
# next version of the jar, and the configuration file of the job.
mkdir -p elsewhere/data/savepoints savepoints
cp -L jobs/target/candlewick-jobs-0.1.0-all.jar candlewick-jobs-0.2.0-all.jar
echo row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags | tee hour.csv more.csv
awk 'BEGIN { for (i = 0; i < 9000; i++) printf "%d,,%d%09d,binance,%s,%d,%d,0.5,buy,,\n", i, 1709542800 + int(i / 2), i % 2 * 100000000, i % 2 ? "BTC-USD" : "ETH-USD", 1000 + i, (i % 2 ? 62000 : 3400) + i % 20 >> (i < 7200 ? "hour.csv" : "more.csv") }'
./candlewick kafka up
printf 'kafka.bootstrap.servers: 127.0.0.1:9092\nkafka.group.id: prod\noutput.lake: %s/prod-lake\n' "$PWD" >prod.yaml
./candlewick produce --input hour.csv --topic trades
./candlewick run --set output.lake=lake --set checkpoint.interval=1s >run.out 2>&1 &
until ls .candlewick/checkpoints/candlewick/*/chk-1[0-9]/_metadata && ./candlewick query --lake lake 'FROM candles LIMIT 1'; do sleep 0.5; done >/dev/null 2>&1
kill $!; wait $!; test $? -gt 128
cp -r lake elsewhere/data/lake
ln -s ../../.candlewick/checkpoints/candlewick elsewhere/data/checkpoints
./candlewick cluster up --taskmanagers 2 --slots 2
./candlewick flink run -d jobs/target/candlewick-jobs-0.1.0-all.jar --config prod.yaml
until ./candlewick cluster status | grep -q chk-; do sleep 0.5; done
./candlewick flink stop --type canonical JOB
cp -r "$(echo SAVEPOINT | sed 's/^file://')" savepoint-a
./candlewick produce --input more.csv --topic trades
./candlewick flink run -d -s SAVEPOINT jobs/target/candlewick-jobs-0.1.0-all.jar --config prod.yaml
until ./candlewick cluster status | grep -q chk-; do sleep 0.5; done
./candlewick flink stop --type canonical JOB
cp -r "$(echo SAVEPOINT | sed 's/^file://')" savepoint-b
./candlewick cluster down
cp -r savepoint-a savepoint-b elsewhere/data/savepoints
cp -r savepoint-a elsewhere/data/savepoints/savepoint-6f3b1c-0d1e2f3a4b5c
