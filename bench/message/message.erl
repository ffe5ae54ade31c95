%% SPDX-License-Identifier: MIT
%% What bench/message/message.c measures of our processes, of Erlang's: a line each, its name and
%% nanoseconds of CPU time for one. message:main([Count]); to be run by one scheduler (+S 1).
-module(message).
-export([main/1]).

-define(RUNS, 5).
-define(MANY, 100).
-define(RING, 1000).

main([Text]) ->
    Count = list_to_integer(atom_to_list(Text)),
    Bytes = list_to_binary(lists:duplicate(64, $x)),
    measure(call, Count, fun() -> call(Count, Bytes) end),
    measure(one, Count, fun() -> senders(1, Count, Bytes) end),
    measure(many, Count, fun() -> senders(?MANY, Count, Bytes) end),
    measure(ring, Count, fun() -> ring(Count, Bytes) end),
    halt(0).

measure(Name, Count, Run) ->
    Best = lists:min([time(Run) || _ <- lists:seq(1, ?RUNS)]),
    io:format("~s ~.1f~n", [Name, Best * 1.0e6 / Count]).

%% Milliseconds of CPU time of all threads.
time(Run) ->
    garbage_collect(),
    {Before, _} = statistics(runtime),
    Run(),
    {After, _} = statistics(runtime),
    After - Before.

done() -> receive done -> ok end.

call(Count, Bytes) ->
    Main = self(),
    Echo = spawn(fun echo/0),
    spawn(fun() -> calls(Count, Echo, Bytes), Echo ! stop, Main ! done end),
    done().

calls(0, _, _) -> ok;
calls(Left, Echo, Bytes) ->
    Reference = make_ref(),
    Echo ! {self(), Reference, Bytes},
    receive {Reference, _} -> ok end,
    calls(Left - 1, Echo, Bytes).

echo() ->
    receive
        {From, Reference, Bytes} -> From ! {Reference, Bytes}, echo();
        stop -> ok
    end.

senders(Total, Count, Bytes) ->
    Main = self(),
    Each = Count div Total,
    Sink = spawn(fun() -> sink(Each * Total), Main ! done end),
    [spawn(fun() -> burst(Each, Sink, Bytes) end) || _ <- lists:seq(1, Total)],
    done().

burst(0, _, _) -> ok;
burst(Left, Sink, Bytes) -> Sink ! {data, Left, Bytes}, burst(Left - 1, Sink, Bytes).

sink(0) -> ok;
sink(Left) -> receive {data, _, _} -> sink(Left - 1) end.

ring(Count, Bytes) ->
    Main = self(),
    Last = spawn(fun() -> receive {join, To} -> pass_on(To, Main) end end),
    First = lists:foldl(fun(_, To) -> spawn(fun() -> pass_on(To, Main) end) end, Last,
                        lists:seq(2, ?RING)),
    Last ! {join, First},
    First ! {token, Count, Bytes},
    done(),
    First ! stop.

pass_on(To, Main) ->
    receive
        {token, 0, _} -> Main ! done, pass_on(To, Main);
        {token, Left, Bytes} -> To ! {token, Left - 1, Bytes}, pass_on(To, Main);
        stop -> To ! stop
    end.
