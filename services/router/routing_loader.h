// Keeps the routing of all merchants current: a changed file is taken over, a bad one leaves its merchant as it was.
// One thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "services/router/context.h"

namespace shopwire::router {

class RoutingLoader {
 public:
    RoutingLoader(std::string folder, Metrics& metrics) : folder_(std::move(folder)), metrics_(metrics) {}

    // Reads the folder again when a file changed.  nullptr: nothing changed.  Problems are logged once per version of a
    // file.
    std::shared_ptr<const Routing> load_if_changed();

    bool has_changed() const { return stamp() != stamp_; }

    // All problems of the last load, for --check-config.
    const config::Problems& problems() const { return problems_; }

 private:
    std::string stamp() const;

    std::string folder_;
    Metrics& metrics_;
    std::string stamp_{};
    std::shared_ptr<const Routing> current_ = std::make_shared<Routing>();  // shared with the router
    config::Problems problems_{};
};

}  // namespace shopwire::router
