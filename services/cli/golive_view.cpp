#include "services/cli/golive_view.h"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

#include "common/core/clock.h"
#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

// A moment ago is now: nobody types a time to the second.
constexpr std::int64_t kNowMs = 10 * 60 * 1000;

Point examined_of(const Readiness& readiness) {
    std::vector<std::string> faults;
    for (const Finding& finding : readiness.examined)
        if (finding.grade == "fault")
            faults.push_back(fmt::format("{}: {}: {}", finding.at, finding.check, finding.what));
    const auto unsure = std::ranges::count(readiness.examined, "unknown", &Finding::grade);
    return {.good = faults.empty() && unsure == 0 && !readiness.examined.empty(),
            .what = "every connection is well",
            .detail = !faults.empty() ? fmt::format("{}", fmt::join(faults, "; "))
                      : unsure > 0    ? fmt::format("{} matters could not be looked at (shopwire doctor)", unsure)
                                      : fmt::format("{} matters looked at", readiness.examined.size())};
}

Point read_of(const Readiness& readiness, const std::string& merchant) {
    std::vector<std::string> unread;
    std::size_t streams = 0;
    for (const ConnectionRow& row : readiness.status.connections) {
        if (!row.connection.starts_with(merchant + "/")) continue;
        for (const StreamRow& stream : row.streams) {
            ++streams;
            const auto stored = readiness.read_ms.find(row.connection + "/" + stream.stream);
            const bool read = stream.last_success_ms > 0 || (stored != readiness.read_ms.end() && stored->second > 0);
            if (!read) unread.push_back(row.connection + " " + stream.stream);
        }
    }
    return {.good = unread.empty() && streams > 0,
            .what = "every stream was read to its end",
            .detail = streams == 0     ? "no service tells of any stream"
                      : unread.empty() ? count_text(static_cast<std::int64_t>(streams), "stream")
                                       : "not yet: " + fmt::format("{}", fmt::join(unread, ", "))};
}

Point running_of(const Readiness& readiness, const std::string& merchant) {
    std::vector<std::string> stopped;
    for (const ConnectionRow& row : readiness.status.connections)
        if (row.connection.starts_with(merchant + "/") && !row.stopped.empty())
            stopped.push_back(row.connection + ": " + row.stopped);
    for (const std::string& problem : readiness.status.problems) stopped.push_back(problem);
    return {.good = stopped.empty(),
            .what = "every connection runs",
            .detail = stopped.empty() ? "" : fmt::format("{}", fmt::join(stopped, "; "))};
}

Point parked_of(const Readiness& readiness, const std::string& merchant) {
    std::vector<std::string> waiting = readiness.waiting;
    for (const ConnectionRow& row : readiness.status.connections)
        if (row.connection.starts_with(merchant + "/") && row.parked > 0)
            waiting.push_back(fmt::format("{} at {}", row.parked, row.connection));
    return {.good = waiting.empty(),
            .what = "nothing waits for a person",
            .detail = waiting.empty() ? "" : fmt::format("{} (shopwire parked list)", fmt::join(waiting, ", "))};
}

Point since_of(const OrderTables& route, std::int64_t now_ms) {
    Point point{.what = fmt::format("orders of {} go to {} from now on", route.from, route.to)};
    const Result<std::int64_t> since = parse_utc(route.export_since);
    if (!route.exports)
        point.detail = "export: off, so none is ever sent";
    else if (!since)
        point.detail = since.error().message;
    else if (*since < now_ms - kNowMs)
        point.detail =
            fmt::format("export_since is {}: orders since then are sent as soon as they are read", route.export_since);
    else
        point = {.good = true, .what = point.what, .detail = "export_since is " + route.export_since};
    return point;
}

}  // namespace

std::vector<Point> points_of(const Readiness& readiness, const std::string& merchant, std::int64_t now_ms) {
    std::vector<Point> out{running_of(readiness, merchant), examined_of(readiness), read_of(readiness, merchant),
                           parked_of(readiness, merchant)};
    if (!readiness.routes.known)
        out.push_back({.what = "the router knows the routes", .detail = "no router tells them"});
    for (const OrderTables& route : readiness.routes.orders) out.push_back(since_of(route, now_ms));
    return out;
}

Result<std::string> with_export_since(const std::string& text, int line, const std::string& time) {
    static const std::regex kSetting(R"re((export_since\s*:\s*)("[^"]*"|'[^']*'|[^\s,}#]+))re");
    std::size_t begin = 0;
    for (int number = 1; number < line; ++number) {
        begin = text.find('\n', begin);
        if (begin == std::string::npos) return rejected(fmt::format("the file has no line {}", line));
        ++begin;
    }
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string old = text.substr(begin, end - begin);
    const auto found = std::distance(std::sregex_iterator(old.begin(), old.end(), kSetting), std::sregex_iterator());
    if (found != 1)
        return rejected(fmt::format("line {}: expected one export_since, found {}: write it by hand", line, found));
    return text.substr(0, begin) + std::regex_replace(old, kSetting, "$1\"" + time + "\"") + text.substr(end);
}

}  // namespace shopwire::cli
