// Products as a catalogue sees them: a simple product, or a model with its variants, built from what the sources of its
// fields say.  Pure functions over the stored ProductEntity.
//
// Everything of one model meets under one key and is sent as one command with the whole of it.  So a variant can never
// come before its parent, the parent lists the options of all its variants, and a newer command may replace an older
// one that still waits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/router/routes.h"
#include "shopwire/internal/v1/entity.pb.h"

namespace shopwire::router {

constexpr int kVariantsMax = 250;  // of one model at one source

// A product without a name is none: only who owns that makes one.
bool may_make(const ProductRoute& route);

// Where a product belongs.
struct Placement {
    std::string entity{};  // what follows the merchant in its key
    bool variant = false;
    std::string model{};  // SKU of the whole, as it is spelled
};
// nullopt: it has neither SKU nor parent, so no target could find it.
std::optional<Placement> place(const MerchantRoutes& routes, const std::string& connection,
                               const events::v1::Product& product);

// Leaves only what a route of this connection takes: the rest need not be stored.
void keep_routed(const MerchantRoutes& routes, const std::string& connection, events::v1::Product& product);

// True: the entity changed.  kRejected: the model has too many variants.
Result<bool> apply_seen(internal::v1::ProductEntity& entity, const internal::v1::ProductSeen& seen);

// What a target shall show of an entity, in the words of its sources.
struct Wanted {
    events::v1::Product product{};
    bool alive = false;  // its source has it, and it is active there
    bool kept = false;  // when it is not: the target keeps it as it is
    bool create = false;
    bool publish = false;
    std::string from{};  // the main source: the first route's that knows it
    const events::v1::Price* price = nullptr;  // of a simple product
};
// nullopt: no source knows it yet, or only variants whose parent has not come.
std::optional<Wanted> wanted_at(const MerchantRoutes& routes, const internal::v1::ProductEntity& entity,
                                const std::string& to);

internal::v1::ProductTarget& target_of(internal::v1::ProductEntity& entity, const std::string& connection,
                                       const std::string& sku);

}  // namespace shopwire::router
