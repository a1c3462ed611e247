// The changes that the control port makes to the ledger. Each takes the request's JSON and gives what is wrong with it,
// or nothing. The caller holds the world's lock; a member of the wrong type throws the JSON library's exception, which
// the caller answers.
#pragma once

#include "tests/sandbox/erp/visit.h"

#include <string>

namespace sandbox::erp {

// {"database", "replace"?: true empties it first, "generate"?: N, "articles"?: [...], "customers"?: [...]}
std::string seed(World& world, const Json& body, Microseconds now);
// {"database", "code", "unit", "onHand" | "add"}: goods arrive or are counted.
std::string set_stock(World& world, const Json& body, Microseconds now);
// {"database", "code", "unit"?: all, "priceWithVat" | "priceWithoutVat"}: the price-change document of Serbian trade.
std::string change_price(World& world, const Json& body, Microseconds now);
// {"database", "code", "name"?, "isActive"?, "newImage"?: true}: the article's card is edited.
std::string change_article(World& world, const Json& body, Microseconds now);
// {"database", "documentId", "type"?}: the staff turns a reservation into the final document.
std::string fulfil(World& world, const Json& body, Microseconds now);
// {"database", "closed": true}: the turn of the year.
std::string close_database(World& world, const Json& body, Microseconds now);

// One random change of stock, price or name, as strangers make in the shared database (contract sors 2.1).
void mutate(World& world, Database& database, std::uint64_t random, Microseconds now);

}  // namespace sandbox::erp
