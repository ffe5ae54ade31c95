/* SPDX-License-Identifier: MIT */
/* Lua 5.4, as one source: an interpreter with a garbage collector runs a script of tables, strings,
 * closures and floats. The state is made anew each round. */
#define LUA_CORE
#define LUA_LIB
#include <lprefix.h>

#include <lapi.c>
#include <lauxlib.c>
#include <lbaselib.c>
#include <lcode.c>
#include <lctype.c>
#include <ldebug.c>
#include <ldo.c>
#include <ldump.c>
#include <lfunc.c>
#include <lgc.c>
#include <limits.h>
#include <llex.c>
#include <lmathlib.c>
#include <lmem.c>
#include <lobject.c>
#include <lopcodes.c>
#include <lparser.c>
#include <lstate.c>
#include <lstring.c>
#include <lstrlib.c>
#include <ltable.c>
#include <ltablib.c>
#include <ltm.c>
#include <lundump.c>
#include <lvm.c>
#include <lzio.c>

#include "bench.h"

static const char script[] =
    "local seed, sum = ..., 0\n"
    "local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return seed % n end\n"
    "local Shape = {} Shape.__index = Shape\n"
    "function Shape.new(a) return setmetatable({side = a}, Shape) end\n"
    "function Shape:area() return self.side * self.side end\n"
    "local words, counts, list = {}, {}, {}\n"
    "for i = 1, 3000 do words[i] = string.format('%d-%s', random(300), i % 7 == 0 and 'x' or 'y') "
    "end\n"
    "for _, word in ipairs(words) do counts[word] = (counts[word] or 0) + 1 end\n"
    "for word, n in pairs(counts) do list[#list + 1] = word .. ':' .. n end\n"
    "table.sort(list)\n"
    "local text = table.concat(list, ' ')\n"
    "for digits in text:gmatch('(%d+)%-x') do sum = sum + tonumber(digits) end\n"
    "local prime = {} for i = 2, 20000 do prime[i] = true end\n"
    "for i = 2, 141 do if prime[i] then for j = i * i, 20000, i do prime[j] = false end end end\n"
    "for i = 2, 20000 do if prime[i] then sum = sum + i end end\n"
    "local area = 0.5 for i = 1, 5000 do area = area + Shape.new(i % 10 + 0.5):area() end\n"
    "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end\n"
    "return sum * 7 + math.floor(area) + fib(18) + #text\n";

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        lua_State *lua = luaL_newstate();
        luaL_requiref(lua, "_G", luaopen_base, 1);
        luaL_requiref(lua, "string", luaopen_string, 1);
        luaL_requiref(lua, "table", luaopen_table, 1);
        luaL_requiref(lua, "math", luaopen_math, 1);
        luaL_loadbuffer(lua, script, sizeof script - 1, "script");
        lua_pushinteger(lua, round + 1);
        lua_call(lua, 1, 1);
        sum = sum * 31 + (uint64_t)lua_tointeger(lua, -1);
        lua_close(lua);
    }
    return sum;
}
