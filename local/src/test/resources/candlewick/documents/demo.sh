# A file of trades of one minute.
cat > trades.csv <<'END'
row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags
END
awk 'BEGIN { for (i = 0; i < 600; i++) printf "%d,,%d%09d,demo,BTC-USD,%d,%d,0.5,buy,,\n", i, 1709562600 + int(i / 10), i % 10 * 100000000, i + 1, 62000 + i % 20 }' >> trades.csv
