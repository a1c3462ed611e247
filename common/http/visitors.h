// What the sources of a server's requests may still do.  Only a request that was refused costs its source something, so
// whoever sends what we take is never slowed down.  Private to this room; thread-safe.
#pragma once

#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/core/address.h"
#include "common/core/clock.h"
#include "common/http/transport.h"

namespace shopwire::http {

// Whom a request comes from: the peer, and if that is a proxy of ours, whom the last proxy that is not ours named.
std::string source_of(const std::string& peer, const Headers& headers, const std::vector<Network>& proxies);

class Visitors {
 public:
    static constexpr std::size_t kSourcesMax = 4096;  // then the one that is quiet for longest is forgotten
    static constexpr double kBurstSeconds = 5;  // after a pause it may have so much at once

    Visitors(double refused_per_second, Clock& clock);  // 0: no limit

    bool admits(const std::string& source);
    void note_refused(const std::string& source);

 private:
    struct Debt {
        std::string source{};
        double refused = 0;  // not forgiven yet
        Clock::Monotonic at{};
    };
    double debt_at(const Debt& debt, Clock::Monotonic now) const;

    const double refused_per_second_;
    Clock& clock_;
    std::mutex mutex_;
    std::list<Debt> debts_{};  // the one refused last first
    std::unordered_map<std::string, std::list<Debt>::iterator> by_source_{};
};

}  // namespace shopwire::http
