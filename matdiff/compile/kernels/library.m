% What generated MATLAB code brings along: only the functions it calls, copied from here.
% Every vector is a column.  Nothing here is newer than MATLAB R2016b or missing from GNU Octave.

function check_size(name, x, wanted)
    % An error that says what is wrong, where an argument has another size.
    if ~isequal(size(x), wanted)
        error('matdiff:shape', '%s must be of size %s, not %s', name, mat2str(wanted), mat2str(size(x)));
    end
end

function out = isqrt(n)
    % The side of the largest square with at most n entries.
    out = floor(sqrt(n) + 1e-9);
end

% ---------------------------------------------------------------- factorisations

function factor = lu_factor(a)
    % P A = L U with partial pivoting.
    [factor.L, factor.U, factor.P] = lu(a);
    if any(diag(factor.U) == 0)
        error('matdiff:singular', 'a matrix that must be invertible is singular');
    end
end

function x = lu_solve(factor, b, transposed)
    % inv(A) b, or inv(A') b.
    if nargin > 2 && transposed
        x = factor.P' * (factor.L' \ (factor.U' \ b));
    else
        x = factor.U \ (factor.L \ (factor.P * b));
    end
end

function x = lu_inverse(factor)
    % inv(A).
    x = factor.U \ (factor.L \ factor.P);
end

function out = lu_logdet(factor)
    % log |det A|.
    out = sum(log(abs(diag(factor.U))));
end

function out = lu_log_det(factor)
    % log det A, not a number where the determinant is negative.
    pivots = diag(factor.U);
    out = sum(log(abs(pivots)));
    if det(factor.P) * prod(sign(pivots)) < 0
        out = NaN;
    end
end

function out = lu_det(factor)
    % det A: the product of the pivots, with the sign of the permutation.
    out = det(factor.P) * prod(diag(factor.U));
end

function out = cholesky_inverse(factor)
    % inv(L L') from the lower triangular factor L.
    half = factor \ eye(size(factor, 1));
    out = half' * half;
end

function [values, vectors] = symmetric_eigen(a)
    % Eigenvalues in ascending order and orthonormal eigenvectors of a symmetric matrix.
    [vectors, d] = eig((a + a') / 2);
    [values, order] = sort(diag(d));
    vectors = vectors(:, order);
end

function [values, vectors] = generalized_eigen(a, factor)
    % l and V with V' A V = diag(l) and V' S V = I, from the lower Cholesky factor of S.
    half = factor \ a;
    [values, vectors] = symmetric_eigen(factor \ half');
    vectors = factor' \ vectors;
end

% ---------------------------------------------------------------- products

function out = apply_factor(factor, x, left)
    % kron(I, F, I) x without forming it: F acts on the axis between an identity of size `left` and the rest.
    if nargin < 3
        left = 1;
    end
    [k, n] = size(factor);
    right = size(x, 1) / (left * n);
    parts = permute(reshape(x, right, n, []), [2, 1, 3]);
    out = reshape(factor * reshape(parts, n, []), k, right, []);
    out = reshape(permute(out, [2, 1, 3]), left * k * right, []);
end

function out = partial_trace(a, k, side)
    % The sum of the diagonal blocks for side 1, the traces of the blocks for side 2; k blocks, or blocks of size k.
    m = size(a, 1) / k;
    n = size(a, 2) / k;
    out = zeros(m, n);
    for i = 1:k
        if side == 1
            out = out + a((i - 1) * m + (1:m), (i - 1) * n + (1:n));
        else
            out = out + a(i:k:(m * k), i:k:(n * k));
        end
    end
end

function out = partial_trace_product(a, b, k, side)
    % The partial trace of A B' without forming it.
    m = size(a, 1) / k;
    n = size(b, 1) / k;
    if side == 2
        a = permute(reshape(a, k, m, []), [2, 1, 3]);
        b = permute(reshape(b, k, n, []), [2, 1, 3]);
    end
    out = reshape(a, m, []) * reshape(b, n, [])';
end

function out = weigh_blocks(a, weights, side)
    % The blocks of a, summed with these weights for side 1; the Frobenius product of each with them for side 2.
    [k, l] = size(weights);
    m = size(a, 1) / k;
    n = size(a, 2) / l;
    if side == 1
        parts = permute(reshape(a, m, k, n, l), [1, 3, 2, 4]);
    else
        parts = permute(reshape(a, k, m, l, n), [2, 4, 1, 3]);
    end
    out = reshape(reshape(parts, m * n, []) * weights(:), m, n);
end

function out = commute_rows(a, m, n)
    % K a for the commutation matrix K with K vec(X) = vec(X'), X m x n.
    out = reshape(permute(reshape(a, m, n, []), [2, 1, 3]), size(a));
end

function out = khatri_rao(a, b)
    % Column by column the Kronecker products.
    out = zeros(size(a, 1) * size(b, 1), size(a, 2));
    for j = 1:size(a, 2)
        out(:, j) = kron(a(:, j), b(:, j));
    end
end

% ---------------------------------------------------------------- functions of numbers

function out = sigmoid(x)
    % 1 / (1 + exp(-x)).
    out = 1 ./ (1 + exp(-x));
end

function out = softplus(x)
    % log(1 + exp(x)) without overflow.
    out = max(x, 0) + log1p(exp(-abs(x)));
end

function out = unit_step(x)
    % 1 above 0, else 0.
    out = double(x > 0);
end

function out = at_least(x, y)
    % 1 where x is at least y, else 0.
    out = double(x >= y);
end

function out = huber(x, delta)
    % x^2 / 2 near 0, delta (|x| - delta / 2) beyond delta.
    near = min(abs(x), delta);
    out = near .* (abs(x) - near / 2);
end

function out = normal_cdf(x)
    % The standard normal distribution function.
    out = erfc(-x / sqrt(2)) / 2;
end

% ---------------------------------------------------------------- entries

function out = part(a, rows, columns)
    % Rows and columns of a matrix that has no name.
    out = a(rows, columns);
end

function out = softmax(x)
    % exp(x) / sum(exp(x)) without overflow.
    shifted = exp(x - max(x));
    out = shifted / sum(shifted);
end

function out = logsumexp(x)
    % log(sum(exp(x))) without overflow.
    top = max(x);
    out = top + log(sum(exp(x - top)));
end

function out = softmax_along(x, side)
    % Softmax down columns (1), along rows (2), or over all entries (0).
    if side == 0
        out = reshape(softmax(x(:)), size(x));
    else
        shifted = exp(x - max(x, [], side));
        out = shifted ./ sum(shifted, side);
    end
end

function out = logsumexp_along(x, side)
    % logsumexp down columns (1) or along rows (2), as a column.
    top = max(x, [], side);
    out = top + log(sum(exp(x - top), side));
    out = out(:);
end

function out = unit(i, n)
    % The i-th column of the identity matrix.
    out = zeros(n, 1);
    out(i) = 1;
end

function out = extreme_mask(a, largest)
    % 1 at the largest or smallest entry, 0 elsewhere.
    if largest
        [~, at] = max(a(:));
    else
        [~, at] = min(a(:));
    end
    out = zeros(size(a));
    out(at) = 1;
end

function out = vech(a)
    % The lower triangle stacked by columns.
    out = a(tril(true(size(a))));
end

function out = lower_half(a)
    % The lower triangle with the diagonal halved.
    out = tril(a, -1) + diag(diag(a) / 2);
end

function out = place(a, first, left, rows, columns)
    % A at row first, column left of a matrix of zeros.
    out = zeros(rows, columns);
    out(first - 1 + (1:size(a, 1)), left - 1 + (1:size(a, 2))) = a;
end

function out = grid_block(a, k, p)
    % The k-th diagonal block of a p x p grid.
    m = size(a, 1) / p;
    n = size(a, 2) / p;
    out = a((k - 1) * m + (1:m), (k - 1) * n + (1:n));
end

function out = commutation(m, n)
    % K with K vec(X) = vec(X') for X m x n.
    out = commute_rows(eye(m * n), m, n);
end

function out = duplication(n)
    % D with D vech(X) = vec(X) for symmetric X.
    out = zeros(n * n, n * (n + 1) / 2);
    k = 0;
    for j = 1:n
        for i = j:n
            k = k + 1;
            out(i + n * (j - 1), k) = 1;
            out(j + n * (i - 1), k) = 1;
        end
    end
end

function out = elimination(n)
    % L with L vec(X) = vech(X).
    one = eye(n * n);
    out = one(tril(true(n)), :);
end
