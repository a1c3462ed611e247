// The route of orders from a shop to one target: which orders, what of them, and what comes back.  Values; immutable
// after parsing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/schema.h"
#include "shopwire/events/v1/entities.pb.h"

namespace shopwire::dialect {
class Program;
}

namespace shopwire::router {

// The first rule whose conditions all hold names the document type.  A condition that is not set holds.
struct DocumentRule {
    std::vector<std::string> payment_methods{};
    std::vector<std::string> statuses{};
    std::optional<bool> has_tax_id{};
    std::string type = "reservation";
};

// Orders that a route takes at all.  An empty list takes all.
struct OrderFilter {
    std::vector<std::string> payment_methods{};
    std::vector<std::string> shipping_countries{};  // of the billing address where there is no shipping address
    std::vector<std::string> created_via{};
};

// What the target's documents and parcels mean for the order.  Maps lead from the target's word to the origin's status.
struct BackRoute {
    std::map<std::string, std::string> statuses{};
    std::map<std::string, std::string> status_groups{};     // where `statuses` says nothing
    std::map<std::string, std::string> payment_statuses{};  // where neither does
    bool tracking = true;
    std::vector<std::string> complete_on{};  // statuses of a parcel
    std::string completed_status = "completed";
    std::string tracking_note{};  // {carrier}, {number}, {url}, {status}; empty: none
    bool note_to_customer = false;
};

// What of an order a route may name as `fields`; all of them leave unless it does.
const std::vector<std::string>& order_fields();

struct OrderRoute {
    std::string from{};
    std::string to{};
    bool exports = true;
    std::string export_since{};  // UTC; orders created before are never exported
    std::int64_t export_since_ms = 0;
    std::string prefix{};        // of external numbers: two shops on one database need different ones
    std::vector<std::string> statuses{"pending", "on-hold", "processing", "completed"};
    std::vector<std::string> cancel_statuses{"cancelled"};
    std::vector<std::string> ignored_statuses{"failed", "refunded", "checkout-draft", "auto-draft", "trash"};
    std::string document_type = "reservation";
    std::vector<DocumentRule> document_rules{};
    bool note = true;            // tell the order's number at the target in a note of the order
    std::string status_after{};  // set this status at the origin once exported; empty: none
    OrderFilter filters{};
    bool updates = true;
    bool send_status = false;  // whether a change of the status alone is an update
    bool ask_for_articles = false;  // a pushed order that does not say what can be carried is read before it is sent
    bool refunds = true;
    std::string refund_as = "auto";  // document, adjust; auto: by the document type
    std::vector<std::string> fields = order_fields();  // of an order, that may leave for this target
    bool send_transaction_id = false;
    std::string jq{};  // the order as it would leave in, with other words out; empty: as it is
    std::shared_ptr<const dialect::Program> program{};  // shared: by every generation of the routing that has it
    std::vector<std::string> closed_statuses{"completed", "cancelled", "refunded", "failed", "trash"};
    std::optional<BackRoute> back{};
};

const config::Schema<OrderRoute>& order_route_schema();
// What is wrong with the routes of a merchant beyond their fields.
void check_order_routes(std::vector<OrderRoute>& routes, const std::vector<config::Node>& nodes,
                        config::Problems& problems);

events::v1::DocumentType document_type_of(std::string_view name);  // unspecified when unknown
bool contains(const std::vector<std::string>& list, std::string_view value);

enum class Wish : std::uint8_t { kExport, kCancel, kNothing, kUnknown };
Wish wish_of(const OrderRoute& route, const events::v1::Order& order);
events::v1::DocumentType choose_type(const OrderRoute& route, const events::v1::Order& order);

// Created late enough, and wanted.
bool exports(const OrderRoute& route, const events::v1::Order& order);
bool passes(const OrderFilter& filter, const events::v1::Order& order);

// A refund takes its pieces off the order's document of this type, instead of becoming a document of its own.
bool adjusts(const OrderRoute& route, events::v1::DocumentType type);

}  // namespace shopwire::router
