// A shop's order as KeyCRM takes it: lines, discounts, the total that KeyCRM will compute.  Pure functions,
// thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/core/decimal.h"
#include "common/core/error.h"
#include "services/keycrm/config.h"
#include "shopwire/commands/v1/command.pb.h"

namespace shopwire::keycrm {

struct DraftLine {
    std::string sku{};  // empty: a product of this order alone
    std::string name{};
    Decimal quantity{};
    Decimal price{};     // of a piece
    Decimal discount{};  // as settings.line_discount says
};

struct Draft {
    std::vector<DraftLine> lines{};
    Decimal discount{};  // of the whole order: negative fees, and cents that no line can carry
    Decimal shipping{};
    Decimal taxes{};
    Decimal computed_total{};  // as KeyCRM computes it
    Decimal expected_total{};  // of the shop
};

Result<Draft> make_draft(const events::v1::Order& order, const Settings& settings);

// What KeyCRM makes of a draft (contract keycrm A3.2): the sum of what is sold, minus the order's discount, plus
// shipping and taxes.
Decimal total_of(const Draft& draft, const Settings& settings);

// The body of POST /order.
std::string create_body(const Draft& draft, const commands::v1::ExportOrder& command, const Settings& settings);

// "exported with difference ..." when the totals differ; empty when they agree.
std::string difference(Decimal expected, Decimal total);

// With plus and calling code where that can be told, else as it was typed.
std::string phone_of(std::string_view text, std::string_view country, const Settings& settings);

// The member "shipping" of an order: address, recipient, service.  Empty texts are left out.
std::vector<std::pair<std::string, std::string>> shipping_texts(const events::v1::Order& order,
                                                                const Settings& settings);

}  // namespace shopwire::keycrm
