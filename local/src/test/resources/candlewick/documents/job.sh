# A broker, and a job that has read the trades of half an hour from it into topics and a lake. One trade is late, two
# messages are rejected. The trades of trades.csv are of six seconds.
mkdir -p elsewhere/var/lib/node_exporter elsewhere/var/lib/candlewick/state savepoints
cat > trades.csv <<'END'
row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags
END
awk 'BEGIN { for (i = 0; i < 60; i++) printf "%d,,%d%09d,demo,BTC-USD,%d,%d,0.5,buy,,\n", i, 1709544700 + int(i / 10), i % 10 * 100000000, i + 1, 62000 + i % 20 }' > six-seconds
cat six-seconds >> trades.csv
head -1 trades.csv > day.csv
awk 'BEGIN { for (i = 0; i < 3600; i++) printf "%d,,%d%09d,demo,%s,%d,%d,0.5,buy,,\n", i, 1709542800 + int(i / 2) - (i == 2001 ? 60 : 0), i % 2 * 100000000, i % 2 ? "BTC-USD" : "ETH-USD", 1000 + i, (i % 2 ? 62000 : 3400) + i % 20; print "3600,,1709544601000000000,demo,BTC-USD,9001,62000.123456789012,0.5,buy,,"; print "3601,,soon,demo,BTC-USD,9002,62000,0.5,buy,," }' >> day.csv
./candlewick kafka up
./candlewick produce --input day.csv --topic trades
./candlewick run --set source.until=latest --set output.lake=lake
