// The seller's side: login, who am I, tracking, and the two assumed lists of shipments (WIRE.md).
// Thread-safe; borrows the world.
#pragma once

#include <string>

#include "tests/sandbox/kit/router.h"
#include "tests/sandbox/logistos/model.h"

namespace sandbox::logistos {

class SellerApi {
 public:
    SellerApi(World& world, std::string email, std::string password)
        : world_(world), email_(std::move(email)), password_(std::move(password)) {}
    void add_routes(kit::Router& router);

 private:
    kit::Response login(const kit::Request& request);
    kit::Response track(const std::string& number) const;
    kit::Response flat_list(const kit::Request& request) const;
    kit::Response nested_list(const kit::Request& request) const;
    bool signed_in(const kit::Request& request) const;
    // Shipments that changed at or after `since`, oldest change first.
    std::vector<const Shipment*> changed_since(std::int64_t since) const;
    const Order* order_of(const Shipment& shipment) const;

    World& world_;
    const std::string email_;
    const std::string password_;
};

}  // namespace sandbox::logistos
