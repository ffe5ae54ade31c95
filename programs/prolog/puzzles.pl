% SPDX-License-Identifier: MIT
% What the tests let Trealla Prolog do: search, sort, big numbers, text, exceptions.
:- use_module(library(lists)).

queens(N, Queens) :- numlist(1, N, Columns), place(Columns, [], Queens).
place([], Placed, Placed).
place(Free, Placed, Queens) :-
    select(Column, Free, Rest), safe(Column, 1, Placed), place(Rest, [Column|Placed], Queens).
safe(_, _, []).
safe(Column, Distance, [Other|Placed]) :-
    Column =\= Other + Distance, Column =\= Other - Distance,
    Next is Distance + 1, safe(Column, Next, Placed).

naive([], []).
naive([Head|Tail], Reversed) :- naive(Tail, Part), append(Part, [Head], Reversed).

main :-
    findall(Q, queens(6, Q), All), length(All, Count), format("queens(6): ~w ~w~n", [Count, All]),
    numlist(1, 60, Numbers), naive(Numbers, [First|_]), format("reversed: ~w~n", [First]),
    Power is 3 ** 200, format("3**200: ~w~n", [Power]),
    Root is sqrt(2), format("sqrt(2): ~w~n", [Root]),
    msort([pear, 3, apple, f(x), 1.5, "text"], Sorted), format("sorted: ~w~n", [Sorted]),
    catch(atom_length(_, _), error(Error, _), format("caught: ~w~n", [Error])),
    atom_codes(Word, [99, 111, 112, 112, 101, 114]), format("~a~n", [Word]).

:- initialization((main, halt)).
