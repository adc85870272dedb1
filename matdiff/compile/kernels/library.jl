# What generated Julia code brings along: only the functions it calls, copied from here.
# Matrices are dense, by columns; functions of numbers are broadcast where they are called.

# ---------------------------------------------------------------- factorisations

# (L L')⁻¹ from the lower triangular factor L.
function cholesky_inverse(factor)
    half = Matrix(inv(factor))
    return half' * half
end

# λ and Φ with Φ' A Φ = Diag(λ) and Φ' S Φ = I, from the lower Cholesky factor of S.
function generalized_eigen(a, factor)
    half = Matrix(factor \ a)
    values, vectors = eigen(Symmetric(Matrix(factor \ permutedims(half)), :L))
    return values, factor' \ vectors
end

# ---------------------------------------------------------------- products

# (I ⊗ F ⊗ I) x without forming it: F acts on the axis between an identity of size `left` and the rest.
function apply_factor(factor, x, left=1)
    k, n = size(factor)
    right = size(x, 1) ÷ (left * n)
    parts = permutedims(reshape(x, right, n, :), (2, 1, 3))
    out = reshape(factor * reshape(parts, n, :), k, right, :)
    out = reshape(permutedims(out, (2, 1, 3)), left * k * right, :)
    return x isa AbstractVector ? vec(out) : out
end

# The sum of the diagonal blocks for side 1, the traces of the blocks for side 2; k blocks, or blocks of size k.
function partial_trace(a, k, side)
    m, n = size(a, 1) ÷ k, size(a, 2) ÷ k
    out = zeros(m, n)
    for i in 1:k
        if side == 1
            out += a[((i - 1) * m + 1):(i * m), ((i - 1) * n + 1):(i * n)]
        else
            out += a[i:k:(m * k), i:k:(n * k)]
        end
    end
    return out
end

# The partial trace of A B' without forming it.
function partial_trace_product(a, b, k, side)
    m, n = size(a, 1) ÷ k, size(b, 1) ÷ k
    if side == 1
        return reshape(a, m, :) * reshape(b, n, :)'
    end
    left = permutedims(reshape(a, k, m, :), (2, 1, 3))
    right = permutedims(reshape(b, k, n, :), (2, 1, 3))
    return reshape(left, m, :) * reshape(right, n, :)'
end

# The blocks of a, summed with these weights for side 1; the Frobenius product of each with them for side 2.
function weigh_blocks(a, weights, side)
    k, l = size(weights)
    m, n = size(a, 1) ÷ k, size(a, 2) ÷ l
    if side == 1
        parts = permutedims(reshape(a, m, k, n, l), (1, 3, 2, 4))
    else
        parts = permutedims(reshape(a, k, m, l, n), (2, 4, 1, 3))
    end
    return reshape(reshape(parts, m * n, :) * vec(weights), m, n)
end

# K a for the commutation matrix K with K vec(X) = vec(X'), X m x n.
function commute_rows(a, m, n)
    swapped = permutedims(reshape(a, m, n, :), (2, 1, 3))
    return reshape(swapped, size(a))
end

# Column by column the Kronecker products.
function khatri_rao(a, b)
    out = zeros(size(a, 1) * size(b, 1), size(a, 2))
    for j in 1:size(a, 2)
        out[:, j] = kron(a[:, j], b[:, j])
    end
    return out
end

# ---------------------------------------------------------------- functions of numbers

# 1 / (1 + exp(-x)).
sigmoid(x) = 1 / (1 + exp(-x))

# log(1 + exp(x)) without overflow.
softplus(x) = max(x, 0) + log1p(exp(-abs(x)))

# 1 above 0, else 0.
unit_step(x) = x > 0 ? 1.0 : 0.0

# 1 where x is at least y, else 0.
at_least(x, y) = x >= y ? 1.0 : 0.0

# x²/2 near 0, delta (|x| - delta/2) beyond delta.
huber(x, delta) = abs(x) <= delta ? x^2 / 2 : delta * (abs(x) - delta / 2)

# The standard normal distribution function.
normal_cdf(x) = erfc(-x / sqrt(2)) / 2

# ---------------------------------------------------------------- entries

# exp(x) / sum(exp(x)) without overflow.
function softmax(x)
    shifted = exp.(x .- maximum(x))
    return shifted / sum(shifted)
end

# log(sum(exp(x))) without overflow.
function logsumexp(x)
    top = maximum(x)
    return top + log(sum(exp.(x .- top)))
end

# Softmax down columns (1), along rows (2), or over all entries (0).
function softmax_along(x, side)
    if side == 0
        return softmax(x)
    end
    shifted = exp.(x .- maximum(x, dims=side))
    return shifted ./ sum(shifted, dims=side)
end

# logsumexp down columns (1) or along rows (2), as a vector.
function logsumexp_along(x, side)
    top = maximum(x, dims=side)
    return vec(top .+ log.(sum(exp.(x .- top), dims=side)))
end

# The i-th column of the identity matrix.
function unit(i, n)
    out = zeros(n)
    out[i] = 1.0
    return out
end

# 1 at the largest or smallest entry, 0 elsewhere.
function extreme_mask(a, largest)
    out = zeros(size(a))
    out[largest ? argmax(a) : argmin(a)] = 1.0
    return out
end

# The lower triangle stacked by columns.
function vech(a)
    return [a[i, j] for j in 1:size(a, 2) for i in j:size(a, 1)]
end

# The lower triangle with the diagonal halved.
function lower_half(a)
    return tril(a, -1) + Matrix(Diagonal(diag(a) / 2))
end

# A at row first, column left of a matrix of zeros.
function place(a, first, left, rows, columns)
    out = zeros(rows, columns)
    out[first:(first + size(a, 1) - 1), left:(left + size(a, 2) - 1)] = a
    return out
end

# The k-th diagonal block of a p x p grid.
function grid_block(a, k, p)
    m, n = size(a, 1) ÷ p, size(a, 2) ÷ p
    return a[((k - 1) * m + 1):(k * m), ((k - 1) * n + 1):(k * n)]
end

# K with K vec(X) = vec(X') for X m x n.
function commutation(m, n)
    return commute_rows(Matrix(1.0I, m * n, m * n), m, n)
end

# D with D vech(X) = vec(X) for symmetric X.
function duplication(n)
    out = zeros(n * n, (n * (n + 1)) ÷ 2)
    k = 0
    for j in 1:n
        for i in j:n
            k += 1
            out[i + n * (j - 1), k] = 1.0
            out[j + n * (i - 1), k] = 1.0
        end
    end
    return out
end

# L with L vec(X) = vech(X).
function elimination(n)
    out = zeros((n * (n + 1)) ÷ 2, n * n)
    k = 0
    for j in 1:n
        for i in j:n
            k += 1
            out[k, i + n * (j - 1)] = 1.0
        end
    end
    return out
end

# ---------------------------------------------------------------- functions of matrices

# A function of a real matrix, where the result is real.
function real_function(f, a)
    out = f(Matrix(a))
    if maximum(abs.(imag.(out))) > 1e-10 * max(1.0, maximum(abs.(out)))
        error("$f is not real at this matrix")
    end
    return real.(out)
end

# The Fréchet derivative of f at X in direction E: the upper right block of f([X E; 0 X]).
function frechet(x, e, f)
    n = size(x, 1)
    whole = real_function(f, vcat(hcat(x, e), hcat(zeros(n, n), x)))
    return whole[1:n, (n + 1):(2 * n)]
end

# K with vec of the Fréchet derivative in direction E equal to K vec(E).
function frechet_matrix(x, f)
    n = size(x, 1)
    out = zeros(n * n, n * n)
    for j in 1:(n * n)
        out[:, j] = vec(frechet(x, reshape(unit(j, n * n), n, n), f))
    end
    return out
end

# det(A) A⁻¹, by minors: also of a singular matrix.
function adjugate(a)
    n = size(a, 1)
    out = ones(n, n)
    for i in 1:n
        for j in 1:n
            minor = a[setdiff(1:n, i), setdiff(1:n, j)]
            out[j, i] = (-1.0)^(i + j) * det(minor)
        end
    end
    return out
end

# The eigenvalues of the symmetric part, in ascending order.
function symmetric_eigenvalues(a)
    return eigvals(Symmetric(Matrix((a + a') / 2)))
end

# The unit eigenvector of the largest or smallest eigenvalue, its largest entry positive.
function extreme_eigenvector(a, largest)
    values, vectors = eigen(Symmetric(Matrix((a + a') / 2)))
    v = vectors[:, largest ? length(values) : 1]
    return v[argmax(abs.(v))] > 0 ? v : -v
end

# The left or right singular vector of the largest singular value; the left one's largest entry is positive.
function singular_vector(a, right)
    f = svd(Matrix(a))
    u, v = f.U[:, 1], f.V[:, 1]
    sign_of_u = u[argmax(abs.(u))] > 0 ? 1.0 : -1.0
    return sign_of_u * (right ? v : u)
end

# U V' of the singular value decomposition.
function polar(a)
    f = svd(Matrix(a))
    return f.U * f.Vt
end

# F_k or G_k of X = Σ F_k ⊗ G_k with G_k p x q (Van Loan & Pitsianis 1993).
function kronecker_term(x, k, p, q, right)
    m, n = size(x, 1) ÷ p, size(x, 2) ÷ q
    parts = permutedims(reshape(x, p, m, q, n), (2, 4, 1, 3))
    f = svd(reshape(parts, m * n, p * q))
    return right ? reshape(f.V[:, k], p, q) : reshape(f.S[k] * f.U[:, k], m, n)
end

# w_k (with its singular value) or v_k of H = Σ w_k v_k'.
function svd_term(h, k, right)
    f = svd(Matrix(h))
    return right ? f.V[:, k] : f.S[k] * f.U[:, k]
end
