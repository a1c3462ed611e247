// The shop's categories and attributes by name, read once and kept for a while.  Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

#include "common/core/clock.h"
#include "services/woocommerce/client.h"

namespace shopwire::woocommerce {

class Terms {
 public:
    // Both outlive the terms.
    Terms(Client& client, Clock& clock) : client_(client), clock_(clock) {}

    // Id of the category of this name under this parent (empty: at the top).  When there is none it is made, or,
    // without `make`, the id is empty.
    Result<std::string> category(const std::string& parent_id, const std::string& name, bool make,
                                 std::stop_token stop);
    // Id of the attribute that the whole shop shares under this name; empty: there is none.
    Result<std::string> attribute(const std::string& name, std::stop_token stop);
    // A write has shown that an id is not there any more.
    void forget();

 private:
    Status refresh(std::stop_token stop);
    Status read_categories(std::stop_token stop);

    Client& client_;
    Clock& clock_;
    std::mutex mutex_{};  // held while reading and making: two callers that lack one category make it once
    std::map<std::pair<std::string, std::string>, std::string> categories_{};  // by parent's id and folded name
    std::map<std::string, std::string> attributes_{};                          // by folded name
    Clock::Monotonic read_at_{};
    bool known_ = false;
};

}  // namespace shopwire::woocommerce
