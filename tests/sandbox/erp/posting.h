// The writes of the ERP. Outbound documents follow contract sors 2.2: what they may say, their totals, what they do to
// stock and debt. The caller holds the world's lock.
#pragma once

#include "tests/sandbox/erp/database.h"
#include "tests/sandbox/erp/world.h"

namespace sandbox::erp {

inline constexpr std::size_t kLinesMax = 500;
inline constexpr std::size_t kNoteMax = 1'000;  // characters

// Checks the request and posts it, wholly or not at all. The document stays valid until the next one is posted.
Outcome<const Document*> post_document(World& world, Database& database, const DocumentRequest& request,
                                       Microseconds now);

// Cancels a reservation; one that is cancelled already is left alone.
Outcome<const Document*> cancel_document(World& world, Database& database, int id, Microseconds now);

// The staff turns an open reservation into its final document, with the same lines and external number; the reserved
// goods are let go.
Outcome<const Document*> fulfil_reservation(World& world, Database& database, int id, DocumentType type,
                                            Microseconds now);

// Stores a new customer. Nothing keeps a second one with the same PIB out, as in a real ERP.
Outcome<const Customer*> add_new_customer(World& world, Database& database, Customer customer, Microseconds now);

struct Debt {
    Amount total{};
    Amount overdue{};
    std::optional<Date> oldest_due{};
};
Debt debt_of(const Database& database, const Customer& customer, Date as_of, Microseconds now);

}  // namespace sandbox::erp
