# A lake of several days, in three versions.
cat > trades.csv <<'END'
row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags
END
awk 'BEGIN { for (i = 0; i < 1200; i++) printf "%d,,%d%09d,demo,%s,%d,%d,0.5,buy,,\n", i, 1709294400 + int(i / 200) * 86400 + i % 200, 1000 * i, i % 2 ? "BTC-USD" : "ETH-USD", i + 1, (i % 2 ? 62000 : 3400) + i % 20 }' >> trades.csv
./candlewick replay --input trades.csv --format csv --output lake
./candlewick replay --input trades.csv --format csv --output lake
./candlewick replay --input trades.csv --format csv --output lake
