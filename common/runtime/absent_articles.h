// Articles of which a command tells and which the system does not have.  That is no fault: an owner of stock and prices
// has many articles that no shop sells.  So such a command is answered and done; what it was about is counted, and
// named in the log once.  Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>

#include "common/runtime/connector.h"

namespace shopwire::runtime {

class AbsentArticles {
 public:
    static constexpr std::size_t kArticlesMax = 20'000;  // that are counted, some megabytes
    static constexpr int kNamedMax = 20;  // lines of the log in an hour

    // `context`'s references outlive this.
    explicit AbsentArticles(const ConnectionContext& context);

    // The answer for a command about it: refused, as the sender has to know, and no dead letter.
    Applied absent(const std::string& sku, const std::string& error);
    void present(const std::string& sku);  // it is there, perhaps again

 private:
    bool may_name();

    const std::string connection_;
    Clock& clock_;
    metrics::Gauge& shown_;
    std::mutex mutex_{};
    std::set<std::string> known_{};  // folded; guarded by mutex_
    int named_ = 0;  // in this hour; guarded by mutex_
    Clock::Monotonic hour_{};  // its begin; guarded by mutex_
};

}  // namespace shopwire::runtime
