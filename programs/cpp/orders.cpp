// SPDX-License-Identifier: MIT
// What C++ programs ask of an engine, without exceptions: virtual calls, templates, closures,
// containers, strings and streams of the standard library. Reads words from standard input.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <queue>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
    virtual std::string name() const = 0;
};

struct Circle final : Shape {
    explicit Circle(double radius) : radius(radius) {}
    double area() const override { return std::acos(-1.0) * radius * radius; }
    std::string name() const override { return "circle"; }
    double radius;
};

template <int Sides> struct Polygon final : Shape {
    explicit Polygon(double side) : side(side) {}
    double area() const override {
        return Sides * side * side / (4 * std::tan(std::acos(-1.0) / Sides));
    }
    std::string name() const override { return std::to_string(Sides) + "-gon"; }
    double side;
};

void shapes() {
    std::vector<std::unique_ptr<Shape>> all;
    all.push_back(std::make_unique<Circle>(1.5));
    all.push_back(std::make_unique<Polygon<3>>(2));
    all.push_back(std::make_unique<Polygon<6>>(1));
    std::sort(all.begin(), all.end(),
              [](const auto &a, const auto &b) { return a->area() < b->area(); });
    for (const auto &shape : all) {
        std::cout << std::setw(8) << shape->name() << std::fixed << std::setprecision(6)
                  << std::setw(12) << shape->area() << "\n";
    }
}

struct Edge {
    int to;
    uint64_t cost;
};

// Shortest paths on a graph that a small generator makes.
uint64_t paths(int nodes) {
    std::vector<std::vector<Edge>> graph(static_cast<size_t>(nodes));
    uint64_t state = 88172645463325252;
    auto next = [&state] {
        state ^= state << 13;
        state ^= state >> 7;
        return state ^= state << 17;
    };
    for (auto &edges : graph) {
        for (int i = 0; i < 6; i++) {
            edges.push_back({static_cast<int>(next() % static_cast<uint64_t>(nodes)),
                             next() % 1000 + 1});
        }
    }
    using Item = std::pair<uint64_t, int>;
    std::priority_queue<Item, std::vector<Item>, std::greater<>> open;
    std::vector<uint64_t> best(graph.size(), UINT64_MAX);
    open.push({0, 0});
    best[0] = 0;
    while (!open.empty()) {
        auto [cost, node] = open.top();
        open.pop();
        if (cost != best[static_cast<size_t>(node)]) {
            continue;
        }
        for (const Edge &edge : graph[static_cast<size_t>(node)]) {
            auto &known = best[static_cast<size_t>(edge.to)];
            if (cost + edge.cost < known) {
                known = cost + edge.cost;
                open.push({known, edge.to});
            }
        }
    }
    return std::accumulate(best.begin(), best.end(), uint64_t{0},
                           [](uint64_t sum, uint64_t one) {
                               return one == UINT64_MAX ? sum : sum + one;
                           });
}

using Value = std::variant<int64_t, double, std::string>;

struct Printer {
    std::string operator()(int64_t value) const { return "integer " + std::to_string(value); }
    std::string operator()(double value) const {
        std::ostringstream out;
        out << "float " << std::hexfloat << value;
        return out.str();
    }
    std::string operator()(const std::string &value) const { return "text " + value; }
};

void values() {
    std::map<std::string, Value> all{
        {"answer", int64_t{42}}, {"pi", std::atan2(0.0, -1.0)}, {"name", std::string{"copper"}}};
    for (const auto &[key, value] : all) {
        std::cout << key << ": " << std::visit(Printer{}, value) << "\n";
    }
}

void words() {
    std::unordered_map<std::string, int> counts;
    std::string word;
    while (std::cin >> word) {
        counts[word]++;
    }
    std::set<std::pair<int, std::string>, std::greater<>> ranked;
    for (const auto &[text, count] : counts) {
        ranked.insert({count, text});
    }
    std::cout << counts.size() << " words";
    int shown = 0;
    for (const auto &[count, text] : ranked) {
        std::cout << (shown == 0 ? ": " : ", ") << text << " " << count;
        if (++shown == 3) {
            break;
        }
    }
    std::cout << "\n";
}

} // namespace

int main() {
    shapes();
    values();
    words();
    std::cout << "paths " << paths(20000) << "\n";
    std::function<uint64_t(uint64_t)> fibonacci = [&](uint64_t n) {
        return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
    };
    std::cout << "fibonacci " << fibonacci(22) << std::endl;
    return 3;
}
