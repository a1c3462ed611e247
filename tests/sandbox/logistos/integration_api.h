// The two integration routes and what is assumed around them (WIRE.md), in both sets of names.
// Thread-safe; borrows the world.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/sandbox/kit/router.h"
#include "tests/sandbox/logistos/model.h"

namespace sandbox::logistos {

class IntegrationApi {
 public:
    // `token`: what the nested names must show in X-Integration-Token; empty: nothing.
    IntegrationApi(World& world, std::string token) : world_(world), token_(std::move(token)) {}
    void add_routes(kit::Router& router);

 private:
    using Handler = kit::Response (IntegrationApi::*)(const kit::Request&);
    // Both forms of a route: what each answers is a setting.
    void add(kit::Router& router, const std::string& path, Handler handler);
    kit::Response integrate(const kit::Request& request);
    kit::Response take_orders(const kit::Request& request);
    kit::Response show_order(const kit::Request& request);
    kit::Response cancel_order(const kit::Request& request);
    kit::Response disconnect(const kit::Request& request);
    bool allowed(const kit::Request& request) const;

    World& world_;
    const std::string token_;
};

}  // namespace sandbox::logistos
